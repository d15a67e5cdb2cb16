import type { Call, CallPeer, SignalingState } from 'webrtc-signaling-client';
import { copyOnClick } from './copy-link';
import { announce, byId } from './elements';
import { keepLaidOut } from './layout';
import { type Kind, type LocalMedia, TRACK, wordsForFailure, wordsForLoss } from './local-media';
import { showOwnDevices } from './own-devices';
import { Panel } from './panel';
import { entryOf, Participants } from './participants';
import { watchPaths } from './paths';
import { parsePeerMessage, type PeerMessage } from './peer-message';
import { linkTo } from './room-name';
import { offerScreenSharing } from './screen-sharing';
import { Screens } from './screens';
import { makeTile } from './tiles';

const STATUS: Record<SignalingState, string> = {
  connecting: 'Connecting',
  open: 'Connected',
  reconnecting: 'Reconnecting to the server; the call goes on',
  closed: 'Disconnected',
};

/** Shows the call until it is left. */
export async function showCall(call: Call, media: LocalMedia, ownName: string): Promise<void> {
  const screen = byId('call-screen');
  const controls = new AbortController();
  const { signal } = controls;
  const onClick = (id: string, run: () => void) => byId(id).addEventListener('click', run, { signal });
  /** Until one leaves: that the others are gone then is not news. */
  const on: Call['on'] = (type, listener) => {
    const off = call.on(type, listener);
    signal.addEventListener('abort', off);
    return off;
  };

  byId('room-name').textContent = call.roomId;
  screen.hidden = false;
  byId('call-heading').focus();

  const tellAll = (message: PeerMessage) => call.broadcast(JSON.stringify(message));
  const panel = new Panel(signal, (text) => {
    tellAll({ type: 'chat', text });
    panel.ownWords(ownName, text);
  });

  const complain = (words: string) => {
    panel.note(words);
    panel.open(true);
  };

  // Oneself
  const ownLabel = `${ownName} (you)`;
  const own = makeTile(ownName, byId<HTMLVideoElement>('local-video'), ownLabel);
  own.element.classList.add('own');
  byId('screens').replaceChildren();
  byId('tiles').replaceChildren(own.element);
  const ownEntry = entryOf(ownLabel);
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
      if (kind === 'camera') await call.replaceTrack('video', await media.toggle(kind));
      else if (media.track(kind)) call.setMuted('audio', media.isOn(kind));
      else {
        const track = await media.toggle(kind);
        // Clicked again meanwhile, it is off.
        call.setMuted('audio', !media.isOn(kind));
        await call.replaceTrack('audio', track);
      }
      announce(`${kind} ${media.isOn(kind) ? 'on' : 'off'}`);
    } catch (error) {
      complain(wordsForFailure(kind, error));
    }
    showOwn();
    tellAll(ownDevices());
  };
  media.whenLost = (kind) => {
    void call.replaceTrack(TRACK[kind], null);
    complain(wordsForLoss(kind));
    showOwn();
    tellAll(ownDevices());
  };
  // Switched off before one joined.
  if (media.track('microphone')) call.setMuted('audio', !media.isOn('microphone'));

  // The others
  const others = new Participants(own.element);
  const screens = new Screens();
  const interrupted = new WeakSet<CallPeer>();
  const count = () => {
    byId('count').textContent = String(others.size + 1);
    byId('alone').hidden = others.size > 0;
  };
  const showScreens = (peer: CallPeer) => {
    const more = screens.show(peer, others.name(peer));
    if (more > 0) panel.note(`${others.name(peer)} is sharing a screen`);
    if (more < 0) panel.note(`${others.name(peer)} stopped sharing`);
  };
  on('peer-joined', (peer) => {
    others.add(peer);
    count();
    panel.note(`${others.name(peer)} is here`);
  });
  on('peer-left', (peer) => {
    panel.note(`${others.name(peer)} left`);
    screens.removeOf(peer);
    others.remove(peer);
    count();
  });
  on('peer-replaced', (peer) => others.rename(peer));
  on('peer-state', (peer) => {
    others.show(peer);
    screens.showState(peer);
    if (peer.state === 'interrupted' && !interrupted.has(peer)) {
      interrupted.add(peer);
      announce(`Reconnecting to ${others.name(peer)}`);
    }
    if (peer.state === 'connected' && interrupted.delete(peer)) {
      announce(`Connected to ${others.name(peer)} again`);
    }
  });
  on('track', (peer) => {
    others.show(peer);
    others.play(peer);
    showScreens(peer);
  });
  on('track-ended', (peer) => {
    others.show(peer);
    showScreens(peer);
  });
  on('data-open', (peer) => peer.send(JSON.stringify(ownDevices())));
  on('data', (peer, data) => {
    const message = parsePeerMessage(data);
    if (message.type === 'devices') others.showDevices(peer, message);
    else panel.words(others.name(peer), message.text);
  });
  signal.addEventListener(
    'abort',
    watchPaths(call, (peer, path) => others.showPath(peer, path)),
  );

  // The server
  const showStatus = (state: SignalingState) => {
    byId('status').textContent = STATUS[state];
    byId('status').dataset.state = state;
  };
  on('state', showStatus);
  on('error', (error) => console.warn(error));

  for (const id of ['copy-link', 'copy-link-alone']) copyOnClick(id, linkTo(call.roomId), signal);
  onClick('microphone', () => void toggle('microphone'));
  onClick('camera', () => void toggle('camera'));
  offerScreenSharing(call, signal, complain);
  showStatus(call.state);
  showOwn();
  count();

  // A tab that closes says so; what ends without a word takes the others a while to notice.
  addEventListener('pagehide', () => void call.leave(), { signal });
  await new Promise<void>((resolve) => onClick('leave', resolve));
  controls.abort();
  stopLayout();
  screen.hidden = true;
  // Whether the server hears of it or not: on a dead network that takes a while to be known.
  void call.leave();
}
