// Signed URLs. What verifies them is the runner: test/local.
import { signUrl } from 'webrtc-signaling-client/iam';

const URL_OF_SERVICE = 'wss://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod';
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };

test('a URL is signed for the region in it, with the session in the query, and without the secret', async () => {
  const signed = new URL(await signUrl(URL_OF_SERVICE, { credentials }));
  expect(signed.origin + signed.pathname).toBe(new URL(URL_OF_SERVICE).origin + '/prod');
  const query = Object.fromEntries(signed.searchParams);
  expect(query).toMatchObject({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': expect.stringMatching(/^AKIAEXAMPLE\/\d{8}\/eu-west-1\/execute-api\/aws4_request$/),
    'X-Amz-Expires': '300',
    'X-Amz-Security-Token': 'session',
    'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(signed.href).not.toContain('secret');
});

test('credentials may come from a provider, and the region from the options', async () => {
  const signed = await signUrl('wss://calls.example.com/', {
    credentials: async () => credentials,
    region: 'us-west-2',
  });
  expect(new URL(signed).searchParams.get('X-Amz-Credential')).toContain('/us-west-2/execute-api/');
});

test('without a region there is nothing to sign for', async () => {
  await expect(signUrl('wss://calls.example.com/?token=t', { credentials })).rejects.toThrow(
    'no region given, and none in the host of wss://calls.example.com/',
  );
});
