// The button that shows one's own screen to the others.
import type { Call, ScreenShare } from 'webrtc-signaling-client';
import { announce, byId } from './elements';
import { ownScreenTile } from './screens';

/** Where the browser has no way to share, phones for one, the button stays away. */
export function offerScreenSharing(call: Call, signal: AbortSignal, failed: (words: string) => void): void {
  const button = byId<HTMLButtonElement>('share');
  button.hidden = !(navigator.mediaDevices && 'getDisplayMedia' in navigator.mediaDevices);
  button.disabled = false;
  button.setAttribute('aria-pressed', 'false');
  let share: ScreenShare | undefined;

  const start = async () => {
    // One question at a time.
    button.disabled = true;
    try {
      share = await call.shareScreen();
    } catch (error) {
      const isDeclined = error instanceof DOMException && error.name === 'NotAllowedError';
      if (isDeclined) announce('Your screen is not shared');
      else failed('Your screen could not be shared.');
      return;
    } finally {
      button.disabled = false;
      if (!signal.aborted) button.focus();
    }
    await show(share);
    share = undefined;
  };
  const show = async (shown: ScreenShare) => {
    const tile = ownScreenTile(shown.stream, () => shown.stop());
    byId('tiles').append(tile);
    button.setAttribute('aria-pressed', 'true');
    announce('You are sharing your screen');
    await shown.ended;
    const hadFocus = tile.contains(document.activeElement);
    tile.remove();
    button.setAttribute('aria-pressed', 'false');
    if (signal.aborted) return;
    if (hadFocus) button.focus();
    announce('You stopped sharing your screen');
  };
  button.addEventListener('click', () => (share ? share.stop() : void start()), { signal });
}
