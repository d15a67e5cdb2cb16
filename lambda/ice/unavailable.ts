/**
 * Why a source gives no servers, in words that may be logged. Errors of JSON.parse and fetch may not: they quote
 * what they were given.
 */
export class Unavailable extends Error {}
