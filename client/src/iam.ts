import { AwsV4Signer } from 'aws4fetch';

/** Of a principal of AWS. */
export interface Credentials {
  /** `AKIA…`, or `ASIA…` where they are temporary. */
  accessKeyId: string;
  /** What belongs to it. */
  secretAccessKey: string;
  /** Where they are temporary. */
  sessionToken?: string;
}

/** What `signUrl` signs with. */
export interface SignUrlOptions {
  /** Or what gives them anew, like the providers of the AWS SDK: temporary ones expire. */
  credentials: Credentials | (() => Promise<Credentials>);
  /** Default: the one in the URL. */
  region?: string;
}

/**
 * The URL of a service whose authorization is `iam()`, signed (Signature Version 4): who has it may connect for five
 * minutes in the name of the principal.
 *
 * @param url `wss://…/stage`, as the construct's `url` says
 */
export async function signUrl(url: string, { credentials, region }: SignUrlOptions): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } =
    typeof credentials === 'function' ? await credentials() : credentials;
  const inUrl = /\.execute-api\.([^.]+)\./.exec(new URL(url).host)?.[1];
  if (!(region ?? inUrl)) throw new Error(`no region given, and none in the host of ${url.split('?')[0]}`);
  const address = new URL(url);
  address.searchParams.set('X-Amz-Expires', '300');
  const signer = new AwsV4Signer({
    method: 'GET',
    url: address.href,
    accessKeyId,
    secretAccessKey,
    sessionToken,
    service: 'execute-api',
    region: region ?? inUrl,
    signQuery: true,
  });
  return (await signer.sign()).url.href;
}
