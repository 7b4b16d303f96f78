export type ConnectedAccount = {
  id: string
  handle: string
  expiresAt: string | null
}

/** Trades an authorization code for the account behind it; the tokens stay in the broker's vault. */
export async function exchangeCode(code: string, codeVerifier: string): Promise<ConnectedAccount> {
  const response = await fetch(`${process.env.OAUTH_BROKER_URL}/exchange`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, code_verifier: codeVerifier }),
  })
  if (!response.ok) throw new Error(`The broker answered ${response.status}`)
  return (await response.json()) as ConnectedAccount
}
