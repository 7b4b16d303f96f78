import { NextResponse } from 'next/server'
import { z } from 'zod'

import { createClient } from '@/lib/supabase/server'

const link = z.object({
  research_id: z.uuid(),
  persona_id: z.uuid(),
  relevance: z.number().min(0).max(1).default(1),
})

export async function POST(request: Request) {
  const body = link.safeParse(await request.json())
  if (!body.success) return NextResponse.json({ error: body.error.message }, { status: 422 })

  const supabase = await createClient()
  const { data: persona } = await supabase
    .from('personas')
    .select('id, display_name')
    .eq('id', body.data.persona_id)
    .maybeSingle()
  if (!persona) return NextResponse.json({ error: 'No such persona' }, { status: 404 })

  const { error } = await supabase
    .from('resonance_research_personas')
    .upsert(
      { research_id: body.data.research_id, persona_id: persona.id, relevance: body.data.relevance },
      { onConflict: 'research_id,persona_id' },
    )

  if (error) return NextResponse.json({ error: error.message }, { status: 500 })
  return NextResponse.json({ linked: persona.display_name })
}
