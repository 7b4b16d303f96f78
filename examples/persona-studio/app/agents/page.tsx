import Link from 'next/link'

import { listPersonas } from '@/lib/personas/queries'
import { createClient } from '@/lib/supabase/server'

export default async function AgentsPage() {
  const supabase = await createClient()
  const personas = await listPersonas(supabase)

  return (
    <main>
      <h1>Personas</h1>
      <Link href="/agents/new">New persona</Link>
      <ul>
        {personas.map((persona) => (
          <li key={persona.id}>
            <Link href={`/agents/${persona.id}`}>{persona.display_name}</Link>
          </li>
        ))}
      </ul>
    </main>
  )
}
