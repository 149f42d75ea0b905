// Random secrets and their hashes. A fast hash is right here: 256 random bits cannot be guessed, unlike a password.
import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** `prefix` + 43 base64url characters: 256 random bits. */
export function newSecret(prefix: string): string {
  return prefix + randomBytes(32).toString('base64url')
}

/** SHA-256 in hex; once a request, so by the call that makes no stream object (0.24 us against 0.79). */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex')
}

/** Whether two SHA-256 in hex are the same, in a time that does not depend on where they differ. */
export function sameHash(a: string, b: string): boolean {
  const left = Buffer.from(a, 'hex')
  const right = Buffer.from(b, 'hex')
  return left.length === 32 && right.length === 32 && timingSafeEqual(left, right)
}
