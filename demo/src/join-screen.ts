import { type Call, joinCall, SignalingError } from 'webrtc-signaling-client';
import { byId, tell } from './elements';
import { type Kind, type LocalMedia, wordsForFailure } from './local-media';
import { showOwnDevices } from './own-devices';
import { roomOfAddress } from './room-name';

const NAME_KEY = 'tin-can-name';

/** Shows the form until a room could be joined. */
export async function showJoin(media: LocalMedia): Promise<{ call: Call; name: string }> {
  const screen = byId('join-screen');
  const form = byId<HTMLFormElement>('join-form');
  const room = byId<HTMLInputElement>('room');
  const name = byId<HTMLInputElement>('name');
  const preview = byId('preview');
  const controls = new AbortController();

  preview.prepend(byId('local-video'));
  const look = () => {
    preview.dataset.camera = media.isOn('camera') ? 'on' : 'off';
    byId('preview-words').textContent = media.has('camera') ? 'Your camera is off' : 'No camera';
    showOwnDevices(media);
  };
  const toggle = async (kind: Kind) => {
    try {
      await media.toggle(kind);
      tell(byId('media-notice'), undefined);
    } catch (error) {
      tell(byId('media-notice'), wordsForFailure(kind, error));
    }
    look();
  };
  for (const button of preview.querySelectorAll<HTMLButtonElement>('[data-toggle]')) {
    const kind = button.dataset.toggle as Kind;
    button.addEventListener('click', () => void toggle(kind), { signal: controls.signal });
  }
  const opened = media.open().then(() => {
    tell(byId('media-notice'), media.problem);
    look();
  });

  room.value = roomOfAddress();
  name.value = remembered();
  addEventListener('hashchange', () => (room.value = roomOfAddress()), { signal: controls.signal });
  screen.hidden = false;

  const call = await new Promise<Call>((resolve) => {
    form.addEventListener(
      'submit',
      (event) => {
        event.preventDefault();
        void join();
      },
      { signal: controls.signal },
    );
    const join = async () => {
      const button = byId<HTMLButtonElement>('join');
      tell(byId('join-error'), undefined);
      button.disabled = true;
      button.textContent = 'Joining…';
      try {
        // Answered or not, the question for the camera must not come up in the midst of the call.
        await opened;
        const metadata = { name: nameIn(name) };
        resolve(await joinCall(await signalingUrl(), room.value.trim(), { stream: media.stream, metadata }));
      } catch (error) {
        tell(byId('join-error'), wordsFor(error));
      } finally {
        button.disabled = false;
        button.textContent = 'Join the call';
      }
    };
  });
  controls.abort();
  remember(name.value.trim());
  history.replaceState(null, '', `#${encodeURIComponent(call.roomId)}`);
  screen.hidden = true;
  return { call, name: nameIn(name) };
}

function nameIn(input: HTMLInputElement): string {
  return input.value.trim() || 'Guest';
}

/** `config.json` beside the page says where the signaling is. */
async function signalingUrl(): Promise<string> {
  const response = await fetch('config.json', { cache: 'no-store' }).catch(() => undefined);
  if (!response) throw new SignalingError('unreachable', 'no config.json: the server does not answer');
  if (!response.ok) throw new Error(`no config.json: ${response.status}`);
  return ((await response.json()) as { url: string }).url;
}

function wordsFor(error: unknown): string {
  switch (error instanceof SignalingError ? error.code : undefined) {
    case 'room-full':
      return 'This room is full. Wait until someone leaves, or agree on another room.';
    case 'unreachable':
    case 'closed':
    case 'timeout':
      return 'The server that introduces you does not answer. Check your connection, then try again.';
    case 'bad-message':
      return 'This room name cannot be used. Try a shorter, plainer one.';
    case 'forbidden':
      return 'You are not allowed to join this room.';
    case 'rate-limited':
    case 'gateway':
      return 'The server is busy. Try again in a moment.';
    default:
      console.error(error);
      return 'Joining did not work. Reload the page and try again.';
  }
}

function remembered(): string {
  try {
    return localStorage.getItem(NAME_KEY) ?? '';
  } catch {
    return '';
  }
}

function remember(name: string): void {
  try {
    localStorage.setItem(NAME_KEY, name);
  } catch {
    // A browser that keeps nothing.
  }
}
