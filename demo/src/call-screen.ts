import type { Call, CallPeer, SignalingState } from 'webrtc-signaling-client';
import { Chat } from './chat';
import { announce, byId, icon, make } from './elements';
import { type Kind, type LocalMedia, wordsForFailure } from './local-media';
import { showOwnDevices } from './own-devices';
import { parsePeerMessage, type PeerMessage } from './peer-message';
import { linkTo } from './room-name';
import { keepLaidOut, makeTile, type Tile } from './tiles';

const STATUS: Record<SignalingState, string> = {
  connecting: 'Connecting',
  open: 'Connected',
  reconnecting: 'Server out of reach. The call goes on; trying again',
  closed: 'Disconnected',
};

/** Shows the call until it is left. */
export async function showCall(call: Call, media: LocalMedia, ownName: string): Promise<void> {
  const screen = byId('call-screen');
  const tiles = byId('tiles');
  const chat = new Chat();
  const shown = new Map<CallPeer, { tile: Tile; entry: HTMLLIElement; devices?: { camera: boolean } }>();
  const controls = new AbortController();
  const { signal } = controls;
  const onClick = (id: string, run: () => void) => byId(id).addEventListener('click', run, { signal });

  byId('room-name').textContent = call.roomId;
  chat.clear();
  screen.hidden = false;
  byId('call-heading').focus();

  // Oneself
  const own = makeTile(`${ownName} (you)`, byId<HTMLVideoElement>('local-video'));
  own.element.classList.add('own');
  tiles.replaceChildren(own.element);
  const ownEntry = entryOf(`${ownName} (you)`);
  byId('participants').replaceChildren(ownEntry);
  const stopLayout = keepLaidOut();

  const ownDevices = (): PeerMessage => ({
    type: 'devices',
    camera: media.isOn('camera'),
    microphone: media.isOn('microphone'),
  });
  const showOwn = () => {
    own.show({ camera: media.isOn('camera'), microphone: media.isOn('microphone') });
    ownEntry.dataset.microphone = media.isOn('microphone') ? 'on' : 'off';
    showOwnDevices(media);
  };
  const toggle = async (kind: Kind) => {
    try {
      const track = await media.toggle(kind);
      if (kind === 'camera' || track) await call.replaceTrack(kind === 'camera' ? 'video' : 'audio', track);
      announce(`${kind} ${media.isOn(kind) ? 'on' : 'off'}`);
    } catch (error) {
      chat.note(wordsForFailure(kind, error));
      announce(wordsForFailure(kind, error));
      openPanel(true);
    }
    showOwn();
    call.broadcast(JSON.stringify(ownDevices()));
  };

  // The others
  const count = () => {
    const others = shown.size;
    byId('count').textContent = String(others + 1);
    byId('alone').hidden = others > 0;
  };
  const showPeer = (peer: CallPeer) => {
    const view = shown.get(peer);
    if (!view) return;
    const hasVideo = peer.stream.getVideoTracks().length > 0;
    view.tile.show({ camera: hasVideo && (view.devices?.camera ?? true), state: peer.state });
    view.entry.dataset.state = peer.state;
  };
  call.on('peer-joined', (peer) => {
    const video = make('video', '');
    video.autoplay = true;
    video.playsInline = true;
    video.dataset.peerId = peer.peerId;
    video.srcObject = peer.stream;
    const name = nameOf(peer);
    const tile = makeTile(name, video);
    const entry = entryOf(name);
    tile.show({ microphone: true });
    shown.set(peer, { tile, entry });
    tiles.insertBefore(tile.element, own.element);
    byId('participants').append(entry);
    showPeer(peer);
    count();
    chat.note(`${name} is here`);
  });
  call.on('peer-left', (peer) => {
    const view = shown.get(peer);
    view?.tile.element.remove();
    view?.entry.remove();
    shown.delete(peer);
    count();
    if (view) chat.note(`${view.tile.name} left`);
  });
  call.on('peer-state', showPeer);
  call.on('track', (peer) => {
    showPeer(peer);
    const video = shown.get(peer)?.tile.video;
    void video?.play().catch(() => undefined);
  });
  call.on('data-open', (peer) => peer.send(JSON.stringify(ownDevices())));
  call.on('data', (peer, data) => {
    const view = shown.get(peer);
    if (!view) return;
    const message = parsePeerMessage(data);
    if (message.type === 'devices') {
      view.devices = message;
      view.tile.show({ microphone: message.microphone });
      view.entry.dataset.microphone = message.microphone ? 'on' : 'off';
      showPeer(peer);
    } else {
      chat.said(view.tile.name, message.text, false);
      if (screen.dataset.panel !== 'open') markUnread(1);
    }
  });
  const showStatus = (state: SignalingState) => {
    byId('status').textContent = STATUS[state];
    byId('status').dataset.state = state;
  };
  call.on('state', showStatus);
  call.on('error', (error) => console.warn(error));

  // The panel: beside the stage where there is room for both, over it where not.
  let unread = 0;
  const markUnread = (more: number) => {
    unread = more === 0 ? 0 : unread + more;
    byId('unread').textContent = String(unread);
    byId('unread').hidden = unread === 0;
  };
  const openPanel = (open: boolean) => {
    screen.dataset.panel = open ? 'open' : 'closed';
    byId('toggle-panel').setAttribute('aria-expanded', String(open));
    if (open) markUnread(0);
  };
  onClick('toggle-panel', () => {
    const open = screen.dataset.panel !== 'open';
    openPanel(open);
    if (open) byId('chat-input').focus();
  });
  onClick('close-panel', () => {
    openPanel(false);
    byId('toggle-panel').focus();
  });
  byId('panel').addEventListener(
    'keydown',
    (event) => event.key === 'Escape' && byId('close-panel').click(),
    { signal },
  );
  byId('chat-form').addEventListener(
    'submit',
    (event) => {
      event.preventDefault();
      const input = byId<HTMLInputElement>('chat-input');
      const text = input.value.trim();
      if (!text) return;
      call.broadcast(JSON.stringify({ type: 'chat', text } satisfies PeerMessage));
      chat.said(ownName, text, true);
      input.value = '';
    },
    { signal },
  );
  const copy = (id: string) => {
    const label = byId(id).querySelector('span') ?? byId(id);
    const words = label.textContent;
    onClick(id, () => {
      void copyToClipboard(linkTo(call.roomId)).then((copied) => {
        if (!copied) return;
        label.textContent = 'Copied';
        announce('Link copied');
        setTimeout(() => (label.textContent = words), 2000);
      });
    });
  };
  copy('copy-link');
  copy('copy-link-alone');
  onClick('microphone', () => void toggle('microphone'));
  onClick('camera', () => void toggle('camera'));

  showStatus(call.state);
  showOwn();
  count();
  markUnread(0);
  openPanel(matchMedia('(min-width: 62rem)').matches);

  // A tab that closes says so; what ends without a word takes the others a while to notice.
  addEventListener('pagehide', () => void call.leave(), { signal });
  await new Promise<void>((resolve) => onClick('leave', resolve));
  controls.abort();
  stopLayout();
  screen.hidden = true;
  await call.leave();
}

/** Where that is not allowed, shows it to be copied by hand. */
async function copyToClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    prompt('The link to this room', text);
    return false;
  }
}

function nameOf(peer: CallPeer): string {
  const name = peer.metadata?.name;
  return typeof name === 'string' && name.trim() ? name.trim().slice(0, 40) : 'Guest';
}

function entryOf(name: string): HTMLLIElement {
  return make('li', '', make('span', 'dot'), make('span', 'who', name), icon('microphone'));
}
