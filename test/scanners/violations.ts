// What every scanner must find: a bucket that anyone may read, with a property that buckets do not have.
import { App, Stack } from 'aws-cdk-lib';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';

export function violations(): Record<string, Stack> {
  const stack = new Stack(new App(), 'Violations');
  const bucket = new CfnBucket(stack, 'Bucket', { accessControl: 'PublicRead' });
  bucket.addPropertyOverride('Misspelled', true);
  return { violations: stack };
}
