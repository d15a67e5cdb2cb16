// One's own picture and the switches, which both screens have.
import { byId } from './elements';
import type { LocalMedia } from './local-media';

export function showOwnDevices(media: LocalMedia): void {
  const video = byId<HTMLVideoElement>('local-video');
  // Not a stream without a picture: the page would count as loading until one comes.
  const picture = media.isOn('camera') ? media.stream : null;
  if (video.srcObject !== picture) video.srcObject = picture;
  // Moved from one screen to the other, it stands still.
  if (picture) void video.play().catch(() => undefined);
  for (const kind of ['microphone', 'camera'] as const) {
    for (const button of document.querySelectorAll<HTMLButtonElement>(`[data-toggle="${kind}"]`)) {
      button.setAttribute('aria-pressed', String(media.isOn(kind)));
    }
  }
}
