export * from './authorization';
export * from './authorization-props';
export * from './function-options';
export * from './ice-servers';
export * from './webrtc-signaling';
export * from './signaling';
export * from './signaling-props';
