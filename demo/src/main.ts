// A call in the browser, on `webrtc-signaling-client`: a form to join, the call, and back.
import { showCall } from './call-screen';
import { announce, byId } from './elements';
import { showJoin } from './join-screen';
import { LocalMedia } from './local-media';

async function run(): Promise<void> {
  const media = new LocalMedia();
  for (;;) {
    const { call, name } = await showJoin(media);
    await showCall(call, media, name);
    announce('You left the room');
    byId('join-heading').focus();
  }
}

void run();
