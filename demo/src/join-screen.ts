import { authorizedSocket, type Call, joinCall, SignalingError } from 'webrtc-signaling-client';
import { byId, tell } from './elements';
import { type Kind, type LocalMedia, wordsForFailure, wordsForLoss } from './local-media';
import { showOwnDevices } from './own-devices';
import { hashOf, roomOfAddress, tokenOfAddress } from './room-name';

const NAME_KEY = 'tin-can-name';

/** Shows the form until a room could be joined. */
export async function showJoin(media: LocalMedia): Promise<{ call: Call; name: string }> {
  const screen = byId('join-screen');
  const form = byId<HTMLFormElement>('join-form');
  const room = byId<HTMLInputElement>('room');
  const name = byId<HTMLInputElement>('name');
  const preview = byId('preview');
  const controls = new AbortController();
  const switches = preview.querySelectorAll<HTMLButtonElement>('[data-toggle]');
  let isJoining = false;

  preview.prepend(byId('local-video'));
  const look = () => {
    preview.dataset.camera = media.isOn('camera') ? 'on' : 'off';
    byId('preview-words').textContent = media.has('camera') ? 'Your camera is off' : 'No camera';
    showOwnDevices(media);
    // What is switched while one joins would not reach the call.
    for (const button of switches) button.disabled = isJoining;
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
  media.whenLost = (kind) => {
    tell(byId('media-notice'), wordsForLoss(kind));
    look();
  };
  for (const button of switches) {
    const kind = button.dataset.toggle as Kind;
    button.addEventListener('click', () => void toggle(kind), { signal: controls.signal });
  }
  const opened = media.open().then(() => {
    tell(byId('media-notice'), media.problem);
    look();
  });
  // In a call that was left meanwhile, one may have been asked for.
  void opened.then(() => media.settled()).then(look);

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
      isJoining = true;
      try {
        // Answered or not, the question for the camera must not come up in the midst of the call.
        await opened;
        look();
        await media.settled();
        const { url, byInvitation } = await configuration();
        const token = tokenOfAddress();
        if (byInvitation && token === undefined) throw new SignalingError('forbidden', 'no invitation');
        const options = { stream: media.stream, metadata: { name: nameIn(name) } };
        const authorized = token !== undefined && { WebSocket: authorizedSocket(() => token) };
        resolve(await joinCall(url, room.value.trim(), { ...options, ...authorized }));
      } catch (error) {
        tell(byId('join-error'), wordsFor(error));
      } finally {
        button.disabled = false;
        button.textContent = 'Join the call';
        isJoining = false;
        look();
      }
    };
  });
  controls.abort();
  remember(name.value.trim());
  history.replaceState(null, '', hashOf(call.roomId));
  screen.hidden = true;
  return { call, name: nameIn(name) };
}

function nameIn(input: HTMLInputElement): string {
  return input.value.trim() || 'Guest';
}

/** `config.json` beside the page says where the signaling is, and whether it lets in only whom a link with a token brings. */
async function configuration(): Promise<{ url: string; byInvitation?: boolean }> {
  const response = await fetch('config.json', { cache: 'no-store' }).catch(() => undefined);
  if (!response) throw new SignalingError('unreachable', 'no config.json: the server does not answer');
  if (!response.ok) throw new Error(`no config.json: ${response.status}`);
  return (await response.json()) as { url: string; byInvitation?: boolean };
}

function wordsFor(error: unknown): string {
  switch (error instanceof SignalingError ? error.code : undefined) {
    case 'room-full':
      return 'This room is full. Wait until someone leaves, or agree on another room.';
    case 'unreachable':
    case 'closed':
    case 'timeout':
      // A browser does not tell a page that a handshake was refused.
      return tokenOfAddress() === undefined
        ? 'The server that introduces you does not answer. Check your connection, then try again.'
        : 'The server that introduces you does not let you in: your invitation has run out, or the connection fails.';
    case 'bad-message':
      return 'This room name cannot be used. Try a shorter, plainer one.';
    case 'forbidden':
      return 'You need an invitation to this room: open the link that you were sent.';
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
