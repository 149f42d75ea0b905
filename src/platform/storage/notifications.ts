// The port to messages between servers that share a database.

export interface Notifications {
  /**
   * Sends a text to every server that listens, this one included. Resolves when the database took it.
   * Throws `payload_too_large` over 7,900 bytes.
   */
  send(channel: string, payload: string): Promise<void>
  /**
   * Calls `listener` for each text until the returned function is called. While the connection is lost it is tried
   * again with growing pauses, and what others send meanwhile is missed: `onGap` tells, so that caches can be read again.
   */
  listen(channel: string, listener: (payload: string) => void, onGap?: () => void): Promise<() => Promise<void>>
}

export const MAX_NOTIFICATION_BYTES = 7_900
