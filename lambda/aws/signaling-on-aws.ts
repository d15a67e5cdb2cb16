import type { Signaling } from '../signaling/operation';
import { dynamoDbRoomStore } from './dynamodb-room-store';
import { managementApiChannel } from './management-api-channel';

/** What the service stands on in Lambda, made once an execution environment. */
export const signalingOnAws: Signaling = {
  store: dynamoDbRoomStore,
  channel: managementApiChannel,
  clock: {
    now: () => Date.now(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  },
};
