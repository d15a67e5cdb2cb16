import type { IncomingMessage } from 'node:http';

/** The path's segments, decoded each by itself: `/prod/@connections/a%2Fb%3D` has three. */
export function segmentsOf(request: IncomingMessage): string[] {
  const [path = ''] = (request.url ?? '').split('?');
  return path.split('/').slice(1).map(decode);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
