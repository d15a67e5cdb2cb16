/** Whether a resource type is among those to leave out: `AWS::S3::Bucket`, or `AWS::S3::*` for all of a service. */
export type IsIgnored = (type: string) => boolean;

export function ignoredTypes(ignore: string[]): IsIgnored {
  return (type) =>
    ignore.some((each) => (each.endsWith('::*') ? type.startsWith(each.slice(0, -1)) : type === each));
}
