import type { Clock, StageModel } from '../model';

/**
 * A stage's default route settings as token buckets, one a route: that they hold for each route by itself, and
 * not for all together, is our reading of "default route settings".
 */
export class Throttle {
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  constructor(
    private readonly limits: StageModel['throttle'],
    private readonly clock: Clock,
  ) {}

  admits(routeKey: string): boolean {
    if (!this.limits) return true;
    const { rateLimit, burstLimit } = this.limits;
    const now = this.clock.now();
    const bucket = this.buckets.get(routeKey) ?? { tokens: burstLimit, at: now };
    this.buckets.set(routeKey, bucket);
    bucket.tokens = Math.min(burstLimit, bucket.tokens + ((now - bucket.at) / 1000) * rateLimit);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
