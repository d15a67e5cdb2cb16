/** What this client sends to every peer of a call. @internal */
export class Outgoing {
  /** The one of each kind that is the peer's own: microphone and camera. */
  readonly main = new Map<TrackKind, MediaStreamTrack>();
  /** Those beside them, a shared screen for one, with the stream that each belongs to. */
  readonly extra = new Map<MediaStreamTrack, MediaStream>();
  readonly #muted = new Set<TrackKind>();

  constructor(readonly stream: MediaStream | undefined) {
    for (const track of stream?.getTracks() ?? []) this.main.set(track.kind as TrackKind, track);
  }

  setMain(kind: TrackKind, track: MediaStreamTrack | null): void {
    if (!track) return void this.main.delete(kind);
    this.main.set(kind, track);
    if (this.#muted.has(kind)) track.enabled = false;
  }

  isMuted(kind: TrackKind): boolean {
    return this.#muted.has(kind);
  }

  setMuted(kind: TrackKind, muted: boolean): void {
    if (muted) this.#muted.add(kind);
    else this.#muted.delete(kind);
    const track = this.main.get(kind);
    if (track) track.enabled = !muted;
  }
}

/** The microphone's, or the camera's. */
export type TrackKind = 'audio' | 'video';

export const KINDS: readonly TrackKind[] = ['audio', 'video'];
