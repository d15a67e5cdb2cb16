export type Kind = 'microphone' | 'camera';

export const TRACK = { microphone: 'audio', camera: 'video' } as const;
const WANTED: Record<Kind, MediaStreamConstraints> = {
  microphone: { audio: true },
  camera: { video: { width: { ideal: 1280 }, height: { ideal: 720 } } },
};

/** One's own camera and microphone: switched on and off, or not to be had. */
export class LocalMedia {
  readonly stream = new MediaStream();
  /** Why something is missing, in words for the person who is asked for it. */
  problem: string | undefined;
  /** Told of one that ended by itself: it was unplugged, or the browser took it back. */
  whenLost: (kind: Kind) => void = () => undefined;
  private readonly missing = new Set<Kind>();
  /** What was asked of each last. One does not wait for the other: who mutes is not heard, whatever the camera does. */
  private readonly turns: Record<Kind, Promise<unknown>> = {
    microphone: Promise.resolve(),
    camera: Promise.resolve(),
  };

  private opened: Promise<void> | undefined;

  /** Asks for both, once; where that fails, for each by itself. Never rejects. */
  open(): Promise<void> {
    return (this.opened ??= this.ask());
  }

  private async ask(): Promise<void> {
    if (!navigator.mediaDevices) {
      this.missing.add('microphone').add('camera');
      this.problem = 'Camera and microphone need a page served over https. You can join without them.';
      return;
    }
    try {
      this.add(await navigator.mediaDevices.getUserMedia({ ...WANTED.microphone, ...WANTED.camera }));
    } catch (error) {
      if (nameOf(error) === 'NotAllowedError') this.missing.add('microphone').add('camera');
      else for (const kind of ['microphone', 'camera'] as const) await this.tryOne(kind);
      this.problem = wordsFor(nameOf(error), this.missing);
    }
  }

  has(kind: Kind): boolean {
    return !this.missing.has(kind);
  }

  isOn(kind: Kind): boolean {
    return this.track(kind)?.enabled ?? false;
  }

  track(kind: Kind): MediaStreamTrack | undefined {
    return this.stream.getTracks().find((track) => track.kind === TRACK[kind] && track.readyState === 'live');
  }

  /**
   * Switches one. A camera that is off is let go of, so that its light goes out; the track to send from now on is
   * what comes back. Once at a time: of two that were asked for at once, one would stay on without a switch.
   */
  toggle(kind: Kind): Promise<MediaStreamTrack | null> {
    const done = this.turns[kind].then(() => this.switch(kind));
    this.turns[kind] = done.catch(() => undefined);
    return done;
  }

  /** Once nothing that was asked for is still to come. Never rejects. */
  async settled(): Promise<void> {
    await Promise.all(Object.values(this.turns));
  }

  private async switch(kind: Kind): Promise<MediaStreamTrack | null> {
    const track = this.track(kind);
    if (kind === 'microphone' && track) {
      track.enabled = !track.enabled;
      return track;
    }
    if (track) {
      track.stop();
      this.stream.removeTrack(track);
      return null;
    }
    this.add(await navigator.mediaDevices.getUserMedia(WANTED[kind]));
    this.missing.delete(kind);
    return this.track(kind) ?? null;
  }

  private async tryOne(kind: Kind): Promise<void> {
    try {
      this.add(await navigator.mediaDevices.getUserMedia(WANTED[kind]));
    } catch {
      this.missing.add(kind);
    }
  }

  private add(stream: MediaStream): void {
    for (const track of stream.getTracks()) {
      for (const former of this.stream.getTracks()) {
        if (former.kind !== track.kind) continue;
        former.stop();
        this.stream.removeTrack(former);
      }
      this.stream.addTrack(track);
      // What the page itself stops does not tell.
      track.addEventListener('ended', () => this.lose(track));
    }
  }

  private lose(track: MediaStreamTrack): void {
    const kind = track.kind === TRACK.camera ? 'camera' : 'microphone';
    this.stream.removeTrack(track);
    this.missing.add(kind);
    this.whenLost(kind);
  }
}

/** Words for a camera or microphone that cannot be switched on. */
export function wordsForFailure(kind: Kind, error: unknown): string {
  return nameOf(error) === 'NotAllowedError'
    ? `This browser does not let the page use your ${kind}. Allow it beside the address, then try again.`
    : `Your ${kind} could not be switched on. Perhaps another program is using it.`;
}

export function wordsForLoss(kind: Kind): string {
  return `Your ${kind} is gone. Perhaps it was unplugged.`;
}

function wordsFor(name: string, missing: Set<Kind>): string | undefined {
  if (missing.size === 0) return undefined;
  const [what, it] = missing.size === 2 ? ['camera and microphone', 'them'] : [[...missing][0], 'it'];
  const still = 'You can still join: you will see and hear the others, and chat.';
  if (name === 'NotAllowedError') {
    return `This browser was not allowed to use your ${what}. ${still}`;
  }
  if (name === 'NotReadableError') return `Another program is using your ${what}. ${still}`;
  return missing.size === 2
    ? `No camera or microphone was found. ${still}`
    : `No ${what} was found. You can join without ${it}.`;
}

function nameOf(error: unknown): string {
  return error instanceof DOMException ? error.name : '';
}
