/** Writes an error to the server's log and gives it back. */
export function log<E extends { message: string }>(error: E): E {
  console.error(error.message)
  return error
}
