// A page of its own, as far as Node has one: joins the room, and stays until it is killed.
import { MediaStream, RTCPeerConnection } from '@roamhq/wrtc';
import { joinCall } from 'webrtc-signaling-client';
import WebSocket from 'ws';

const [url, roomId] = process.argv.slice(2);
void joinCall(url, roomId, { WebSocket, RTCPeerConnection, MediaStream });
