/** Where MiniStack 1.5.33 does not do as API Gateway does: the reason, by the full name of the case that shows it. */
export const EXPECTED_DEVIATIONS: Record<string, string> = {};
