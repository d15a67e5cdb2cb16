// An internet of network namespaces: two homes, each behind a NAT of its own, and a server behind a 1:1 NAT, as an
// instance with an Elastic IP is. Nothing leads out of it.
//
//   ann 192.168.1.2 ─ annNat 203.0.113.1 ┐
//                                        ├ internet ─ gateway 203.0.113.10 ─ server 10.0.0.10
//   bob 192.168.2.2 ─ bobNat 203.0.113.2 ┘
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export const SERVER = { privateIp: '10.0.0.10', publicIp: '203.0.113.10' };
const ALL = ['internet', 'annNat', 'ann', 'bobNat', 'bob', 'gateway', 'server'] as const;
type Place = (typeof ALL)[number];

export interface Network {
  /** What to run a command by, for it to run there. */
  at(place: Place): string[];
  close(): void;
}

let built = 0;

/** @throws where the machine has no network namespaces, or no NAT in them */
export function buildNetwork({ isSymmetric = true } = {}): Network {
  const number = (built += 1);
  const named = (place: Place) => `signaling-${process.pid}-${number}-${place}`;
  removeLeftOver();
  const made: Place[] = [];
  const at = (place: Place) => ['ip', 'netns', 'exec', named(place)];
  const close = () => {
    for (const place of made.splice(0)) run(['ip', 'netns', 'delete', named(place)]);
  };
  const ip = (place: Place, command: string) => run(['ip', '-n', named(place), ...command.split(' ')]);

  function cable(one: Place, oneEnd: string, other: Place, otherEnd: string): void {
    const ends = ['name', oneEnd, 'netns', named(one), 'type', 'veth', 'peer'];
    run(['ip', 'link', 'add', ...ends, 'name', otherEnd, 'netns', named(other)]);
    ip(one, `link set ${oneEnd} up`);
    ip(other, `link set ${otherEnd} up`);
  }

  function behind(nat: Place, place: Place, privateIp: string, publicIp: string, rules: string): void {
    const router = privateIp.replace(/\d+$/, '1');
    cable(nat, 'wan', 'internet', nat);
    ip('internet', `link set ${nat} master bridge`);
    ip(nat, `address add ${publicIp}/24 dev wan`);
    cable(nat, 'lan', place, 'eth0');
    ip(nat, `address add ${router}/24 dev lan`);
    ip(place, `address add ${privateIp}/24 dev eth0`);
    ip(place, `route add default via ${router}`);
    run([...at(nat), 'nft', '-f', '-'], rules);
    run([...at(nat), 'tee', '/proc/sys/net/ipv4/ip_forward'], '1');
  }

  try {
    for (const place of ALL) {
      run(['ip', 'netns', 'add', named(place)]);
      made.push(place);
      ip(place, 'link set lo up');
    }
    ip('internet', 'link add bridge type bridge');
    ip('internet', 'link set bridge up');
    behind('annNat', 'ann', '192.168.1.2', '203.0.113.1', homeRouter(isSymmetric));
    behind('bobNat', 'bob', '192.168.2.2', '203.0.113.2', homeRouter(isSymmetric));
    behind('gateway', 'server', SERVER.privateIp, SERVER.publicIp, ONE_TO_ONE);
  } catch (error) {
    close();
    throw error;
  }
  return { at, close };
}

/**
 * Lets nothing in from where nothing was sent to. A symmetric NAT has another port, by chance, for each address that is
 * sent to; one that keeps ports has the same for all, which is what STUN counts on.
 */
const homeRouter = (isSymmetric: boolean) => `table ip home {
  chain out {
    type nat hook postrouting priority srcnat;
    oifname "wan" masquerade ${isSymmetric ? 'fully-random' : ''};
  }
  chain in { type filter hook input priority filter; iifname "wan" ct state new drop; }
  chain through {
    type filter hook forward priority filter; policy drop;
    iifname "lan" accept
    ct state established,related accept
  }
}`;

const ONE_TO_ONE = `table ip elastic {
  chain in { type nat hook prerouting priority dstnat; iifname "wan" dnat to ${SERVER.privateIp}; }
  chain out { type nat hook postrouting priority srcnat; oifname "wan" snat to ${SERVER.publicIp}; }
}`;

/** Of a run that was killed. */
function removeLeftOver(): void {
  for (const [name, pid] of run(['ip', 'netns', 'list']).matchAll(/^signaling-(\d+)-\S+/gm)) {
    if (!existsSync(`/proc/${pid}`)) run(['ip', 'netns', 'delete', name]);
  }
}

function run([command, ...args]: string[], input = ''): string {
  return execFileSync(command, args, { input, stdio: ['pipe', 'pipe', 'pipe'], encoding: 'utf8' });
}
