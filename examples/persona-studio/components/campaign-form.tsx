'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'

type Props = {
  personas: { id: string; display_name: string }[]
}

export function CampaignForm({ personas }: Props) {
  const router = useRouter()
  const [error, setError] = useState<string | null>(null)

  async function submit(formData: FormData) {
    const response = await fetch('/api/campaigns', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(Object.fromEntries(formData)),
    })
    const body = await response.json()
    if (response.ok) router.push(`/campaigns/${body.id}`)
    else setError(body.error)
  }

  return (
    <form action={submit}>
      <select name="persona_id" required>
        {personas.map((persona) => (
          <option key={persona.id} value={persona.id}>
            {persona.display_name}
          </option>
        ))}
      </select>
      <input name="name" required maxLength={120} />
      <textarea name="goal" maxLength={2000} />
      <button type="submit">Create</button>
      {error ? <p role="alert">{error}</p> : null}
    </form>
  )
}
