// A call in the browser, on `webrtc-signaling-client`: a form to join, the call, and back.
import { showCall } from './call-screen';
import { announce, byId } from './elements';
import { showJoin } from './join-screen';
import { LocalMedia } from './local-media';

async function run(): Promise<void> {
  const media = new LocalMedia();
  for (let hasLeft = false; ; hasLeft = true) {
    const joined = showJoin(media);
    if (hasLeft) {
      announce('You left the room');
      // Only what is shown can be focused.
      byId('join-heading').focus();
    }
    const { call, name } = await joined;
    await showCall(call, media, name);
  }
}

void run();
