import { domainName } from './gateway/aws-names';
import type { Gateway } from './gateway/gateway';
import type { ApiModel } from './model';

/** Address prefixes, and what stands for them here. */
export type Redirects = Record<string, string>;

/**
 * The functions are told AWS's addresses: `https://<api id>.execute-api.…` to reach `@connections`, `wss://…` for
 * clients. In their variables these host names become the gateways', which is as if they resolved to this machine.
 *
 * @param gateways of the APIs, in the same order
 * @param redirects what else is to be found elsewhere
 */
export function toThisMachine(
  variables: Record<string, string>,
  apis: ApiModel[],
  gateways: Gateway[],
  redirects: Redirects,
): Record<string, string> {
  const places = [
    ...Object.entries(redirects),
    ...apis.flatMap(({ apiId, stages: [{ stageName }] }, i) => {
      const { host } = new URL(gateways[i].url(stageName));
      return [
        [`https://${domainName(apiId)}`, `http://${host}`],
        [`wss://${domainName(apiId)}`, `ws://${host}`],
      ];
    }),
  ];
  const translate = (value: string) =>
    places.reduce((text, [address, here]) => text.replaceAll(address, here), value);
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, translate(value)]));
}
