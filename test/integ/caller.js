// Runs in Lambda: two peers connect to the deployed service; one relays to the other, then goes.
exports.handler = async () => {
  const open = async () => {
    const socket = new WebSocket(process.env.SIGNALING_URL);
    const frames = [];
    let wake = () => {};
    socket.onmessage = ({ data }) => (frames.push(JSON.parse(data)), wake());
    await new Promise((resolve, reject) => ((socket.onopen = resolve), (socket.onerror = reject)));
    const next = async (type) => {
      for (;;) {
        const found = frames.find((frame) => frame.type === type);
        if (found) return found;
        await new Promise((resolve) => (wake = resolve));
      }
    };
    return { socket, next, send: (frame) => socket.send(JSON.stringify(frame)) };
  };
  const [ann, bob] = [await open(), await open()];
  const roomId = String(Math.random());
  ann.send({ type: 'register', roomId });
  await ann.next('registered');
  bob.send({ type: 'register', roomId });
  const { peers } = await bob.next('registered');
  bob.send({ type: 'offer', roomId, offer: 'an offer', to: peers[0].peerId });
  const { offer } = await ann.next('offer');
  bob.socket.close();
  const { reason } = await ann.next('peer-left');
  ann.socket.close();
  return { offer, reason };
};
