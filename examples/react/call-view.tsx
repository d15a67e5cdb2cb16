import { useCall } from './use-call';

export interface CallViewProps {
  url: string;
  roomId: string;
  /** One's own microphone and camera. */
  stream?: MediaStream;
}

/** Everybody's picture. */
export function CallView({ url, roomId, stream }: CallViewProps) {
  const { call, peers, state, error } = useCall(url, roomId, { stream });
  if (!call) return <p role="status">{error ? error.message : 'Joining…'}</p>;
  return (
    <section aria-label={roomId} aria-busy={state !== 'open'}>
      {stream && <Picture stream={stream} label="You" muted />}
      {peers.map(({ stream, metadata, state }) => {
        const name = typeof metadata?.name === 'string' ? metadata.name : 'Guest';
        // Its `peerId` would be no key: it changes as the peer comes back from an outage.
        return <Picture key={stream.id} stream={stream} label={`${name}, ${state}`} />;
      })}
    </section>
  );
}

function Picture({ stream, label, muted }: { stream: MediaStream; label: string; muted?: boolean }) {
  const show = (video: HTMLVideoElement | null) => {
    // Set again, even to the same, it would start anew.
    if (video && video.srcObject !== stream) video.srcObject = stream;
  };
  return (
    <figure>
      <video ref={show} autoPlay playsInline muted={muted} />
      <figcaption>{label}</figcaption>
    </figure>
  );
}
