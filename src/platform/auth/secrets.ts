// Random secrets and their hashes. A fast hash is right here: 256 random bits cannot be guessed, unlike a password.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** `prefix` + 43 base64url characters: 256 random bits. */
export function newSecret(prefix: string): string {
  return prefix + randomBytes(32).toString('base64url')
}

/** SHA-256 in hex. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex')
}

/** Whether two SHA-256 in hex are the same, in a time that does not depend on where they differ. */
export function sameHash(a: string, b: string): boolean {
  const left = Buffer.from(a, 'hex')
  const right = Buffer.from(b, 'hex')
  return left.length === 32 && right.length === 32 && timingSafeEqual(left, right)
}
