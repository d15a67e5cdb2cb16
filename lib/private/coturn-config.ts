// What coturn is told: https://github.com/coturn/coturn/blob/master/README.turnserver

/** Where no peer is: to relay there would be a way into the network that the server stands in, or into the server. */
export const DENIED_PEERS = [
  // https://www.iana.org/assignments/iana-ipv4-special-registry
  '0.0.0.0-0.255.255.255',
  '10.0.0.0-10.255.255.255',
  '100.64.0.0-100.127.255.255',
  '127.0.0.0-127.255.255.255',
  '169.254.0.0-169.254.255.255',
  '172.16.0.0-172.31.255.255',
  '192.0.0.0-192.0.0.255',
  '192.0.2.0-192.0.2.255',
  '192.88.99.0-192.88.99.255',
  '192.168.0.0-192.168.255.255',
  '198.18.0.0-198.19.255.255',
  '198.51.100.0-198.51.100.255',
  '203.0.113.0-203.0.113.255',
  '224.0.0.0-239.255.255.255',
  '240.0.0.0-255.255.255.255',
  // https://www.iana.org/assignments/iana-ipv6-special-registry; mapped and translated IPv4 among them.
  // From ::1 on: coturn takes a range from :: for one of every address, IPv4 included.
  '::1-::ffff:ffff:ffff',
  '64:ff9b::-64:ff9b:1:ffff:ffff:ffff:ffff:ffff',
  '100::-100::ffff:ffff:ffff:ffff',
  '2001::-2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff',
  '2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
  '2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  'fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  'fe80::-feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  'ff00::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
];

export const PORT = 3478;
export const TLS_PORT = 5349;

export interface CoturnConfig {
  readonly realm: string;
  readonly publicIp: string;
  readonly minRelayPort: number;
  readonly maxRelayPort: number;
  readonly userQuota: number;
  readonly totalQuota: number;
  readonly maxBytesPerSecond: number;
  readonly tls: boolean;
}

/** All of turnserver.conf but the secret. `@PRIVATE_IP@` is for the instance to fill in. */
export function coturnConfig(config: CoturnConfig): string {
  return [
    `realm=${config.realm}`,
    'listening-ip=@PRIVATE_IP@',
    'relay-ip=@PRIVATE_IP@',
    `external-ip=${config.publicIp}/@PRIVATE_IP@`,
    `listening-port=${PORT}`,
    ...(config.tls
      ? [
          `tls-listening-port=${TLS_PORT}`,
          'cert=/etc/coturn/certificate.pem',
          'pkey=/etc/coturn/private-key.pem',
          'no-tlsv1',
          'no-tlsv1_1',
        ]
      : ['no-tls']),
    'no-dtls',
    `min-port=${config.minRelayPort}`,
    `max-port=${config.maxRelayPort}`,
    'use-auth-secret',
    'fingerprint',
    'stale-nonce=600',
    'no-cli',
    'no-rfc5780',
    'no-tcp-relay',
    'no-multicast-peers',
    ...DENIED_PEERS.map((range) => `denied-peer-ip=${range}`),
    // Two peers that both relay here reach each other by this server's own address.
    'allowed-peer-ip=@PRIVATE_IP@',
    `user-quota=${config.userQuota}`,
    `total-quota=${config.totalQuota}`,
    `max-bps=${config.maxBytesPerSecond}`,
    'log-file=/var/log/coturn/turnserver.log',
    'simple-log',
    'new-log-timestamp',
  ].join('\n');
}
