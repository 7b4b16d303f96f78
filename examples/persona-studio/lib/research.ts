/** Asks the research service one question. */
export async function answer(question: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${process.env.RESEARCH_URL}/answers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ question }),
  })
  if (!response.ok) throw new Error(`The research service answered ${response.status}`)
  return await response.json()
}
