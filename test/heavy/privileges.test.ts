// Every shape of the construct that can be played: see test/privileges, which looks at the first.
import { problemsOf } from '../privileges/ledger';
import { playableShapes, playShape } from '../privileges/play-shape';

const heavy = process.env.HEAVY ? describe : describe.skip;

heavy('least privilege', () => {
  it.each(playableShapes)(
    '%s: every role may do what it does, and nothing else',
    async (name) => {
      const { privileges, error } = await playShape(name);
      expect(problemsOf(privileges)).toEqual([]);
      expect(error).toBeUndefined();
      expect(privileges.length).toBeGreaterThanOrEqual(3);
    },
    60_000,
  );
});
