import { domainName } from './gateway/aws-names';
import type { Gateway } from './gateway/gateway';
import type { ApiModel } from './model';

/**
 * The functions are told AWS's addresses: `https://<api id>.execute-api.…` to reach `@connections`, `wss://…` for
 * clients. In their variables these host names become the gateways', which is as if they resolved to this machine.
 *
 * @param gateways of the APIs, in the same order
 */
export function toThisMachine(
  variables: Record<string, string>,
  apis: ApiModel[],
  gateways: Gateway[],
): Record<string, string> {
  const translate = (value: string) =>
    apis.reduce((text, { apiId, stages: [{ stageName }] }, i) => {
      const { host } = new URL(gateways[i].url(stageName));
      return text
        .replaceAll(`https://${domainName(apiId)}`, `http://${host}`)
        .replaceAll(`wss://${domainName(apiId)}`, `ws://${host}`);
    }, value);
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, translate(value)]));
}
