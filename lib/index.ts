export * from './function-options';
export * from './ice-servers';
export * from './webrtc-signaling';
