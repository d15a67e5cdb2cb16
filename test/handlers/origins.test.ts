import { isAllowedOrigin } from '../../lambda/origins';

const allowed = [
  'https://app.example.com',
  'https://*.example.org',
  'http://localhost:5173',
  'https://other.example.com:8443',
  'https://*.example.net:444',
  'https://[2001:db8::1]',
  'capacitor://localhost',
];

it.each([
  'https://app.example.com',
  'https://app.example.com:443',
  'https://APP.example.COM',
  'HTTPS://app.example.com',
  'https://a.example.org',
  'https://a.b.example.org',
  'https://A.B.Example.org:443',
  'http://localhost:5173',
  'https://other.example.com:8443',
  'https://a.example.net:444',
  'https://[2001:db8::1]',
  'capacitor://localhost',
])('lets in %s', (origin) => expect(isAllowedOrigin(allowed, origin)).toBe(true));

it.each([
  'null',
  '',
  '*',
  'https://',
  'http://app.example.com',
  'https://app.example.com:8443',
  'https://app.example.com:80',
  'https://app.example.com.',
  'https://app.example.com/',
  'https://app.example.com/path',
  'https://app.example.com?a',
  'https://app.example.com#a',
  'https://app.example.com,https://app.example.com',
  'https://app.example.com https://app.example.com',
  ' https://app.example.com',
  'https://app.example.com\n',
  'https://user@app.example.com',
  'https://app.example.com@evil.example',
  'https://evil.example\\@a.example.org',
  'https://evil.example#.example.org',
  'https://evil.example/.example.org',
  'https://app.example.com.evil.example',
  'https://evilapp.example.com',
  'https://sub.app.example.com',
  'https://example.org',
  'https://.example.org',
  'https://evilexample.org',
  'https://a.example.org.evil.example',
  'http://a.example.org',
  'https://a.example.org:8443',
  'https://*.example.org.evil.example',
  'http://localhost',
  'http://localhost:51730',
  'https://a.example.net',
  'https://аpp.example.com',
  'https://app.example.com:0443',
  'https://app.example.com:',
  'file://',
])('keeps out %j', (origin) => expect(isAllowedOrigin(allowed, origin)).toBe(false));

it('lets nobody in where the list is empty', () => {
  expect(isAllowedOrigin([], 'https://app.example.com')).toBe(false);
});
