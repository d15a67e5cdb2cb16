// For your backend: a token that lets one of your users into rooms of a service with `SignalingAuthorization.roomTokens()`.
import { SignJWT } from 'jose';

export interface RoomGrant {
  userId: string;
  /** Names of rooms; one that ends in `*` is a prefix, so check what a user of yours may name. */
  rooms: string[];
  /** Default: yes. */
  publish?: boolean;
  /** Default: two minutes. It is looked at as a connection is opened, not after that. */
  lifetimeSeconds?: number;
}

/** @param secret the text of the service's `tokenSecret` */
export function mintRoomToken(secret: string, grant: RoomGrant): Promise<string> {
  const { userId, rooms, publish = true, lifetimeSeconds = 120 } = grant;
  return new SignJWT({ rooms, publish })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime(`${lifetimeSeconds} seconds`)
    .sign(new TextEncoder().encode(secret));
}
