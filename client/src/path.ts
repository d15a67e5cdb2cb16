/** Straight to the peer, or by way of a TURN server. */
export type Path = 'direct' | 'relayed';

interface Pair extends RTCStats {
  localCandidateId: string;
  remoteCandidateId: string;
  selected?: boolean;
  nominated?: boolean;
  state?: string;
}

/** The way that a connection's media and data take now; undefined where there is none. */
export async function pathOf(connection: RTCPeerConnection): Promise<Path | undefined> {
  const stats = new Map<string, RTCStats & Record<string, unknown>>();
  (await connection.getStats()).forEach((each: RTCStats & Record<string, unknown>) =>
    stats.set(each.id, each),
  );
  const all = [...stats.values()];
  const selected = all.find(
    ({ selectedCandidatePairId }) => selectedCandidatePairId,
  )?.selectedCandidatePairId;
  const pairs = all.filter(({ type }) => type === 'candidate-pair') as unknown as Pair[];
  const pair =
    pairs.find(({ id }) => id === selected) ??
    // Firefox says it of the pair.
    pairs.find((each) => each.selected) ??
    pairs.find(({ nominated, state }) => nominated && state === 'succeeded');
  if (!pair) return undefined;
  const ends = [stats.get(pair.localCandidateId), stats.get(pair.remoteCandidateId)];
  return ends.some((end) => end?.candidateType === 'relay') ? 'relayed' : 'direct';
}
