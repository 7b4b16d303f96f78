/** Hands a post to the broker and gives the network's own id of it. */
export async function publish(accountId: string, body: string, mediaPaths: string[]): Promise<string> {
  const response = await fetch(`${process.env.OAUTH_BROKER_URL}/accounts/${accountId}/posts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ body, media: mediaPaths }),
  })
  if (!response.ok) throw new Error(`The broker answered ${response.status}`)
  const { id } = (await response.json()) as { id: string }
  return id
}
