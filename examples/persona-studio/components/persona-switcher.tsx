'use client'

import { useEffect, useState } from 'react'

import { archivePersona } from '@/lib/personas/queries'
import { createClient } from '@/lib/supabase/client'

type Persona = { id: string; display_name: string; status: string }

export function PersonaSwitcher() {
  const [personas, setPersonas] = useState<Persona[]>([])
  const supabase = createClient()

  useEffect(() => {
    supabase
      .from('personas')
      .select('id, display_name, status')
      .order('display_name')
      .then(({ data }) => setPersonas(data ?? []))
  }, [])

  const restore = async (id: string) => {
    await supabase.from('personas').update({ status: 'active' }).eq('id', id)
  }

  return (
    <ul>
      {personas.map((persona) => (
        <li key={persona.id}>
          {persona.display_name}
          {persona.status === 'active' ? (
            <button onClick={() => archivePersona(supabase, persona.id)}>Archive</button>
          ) : (
            <button onClick={() => restore(persona.id)}>Restore</button>
          )}
        </li>
      ))}
    </ul>
  )
}
