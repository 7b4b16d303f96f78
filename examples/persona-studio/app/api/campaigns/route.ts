import { NextResponse } from 'next/server'
import { z } from 'zod'

import { createClient } from '@/lib/supabase/server'

const newCampaign = z.object({
  persona_id: z.uuid(),
  name: z.string().trim().min(1).max(120),
  goal: z.string().max(2000).nullish(),
  starts_on: z.iso.date().nullish(),
  ends_on: z.iso.date().nullish(),
})

export async function GET() {
  const supabase = await createClient()
  const { data, error } = await supabase
    .from('campaigns')
    .select('id, name, goal, status, starts_on, ends_on, persona_id')
    .order('created_at', { ascending: false })

  if (error) return NextResponse.json({ error: error.message }, { status: 500 })
  return NextResponse.json(data)
}

export async function POST(request: Request) {
  const supabase = await createClient()
  const {
    data: { user },
  } = await supabase.auth.getUser()
  if (!user) return NextResponse.json({ error: 'Not signed in' }, { status: 401 })

  const body = newCampaign.safeParse(await request.json())
  if (!body.success) return NextResponse.json({ error: body.error.message }, { status: 422 })

  const { data: persona } = await supabase
    .from('personas')
    .select('id')
    .eq('id', body.data.persona_id)
    .eq('user_id', user.id)
    .maybeSingle()
  if (!persona) return NextResponse.json({ error: 'No such persona' }, { status: 404 })

  const { data, error } = await supabase
    .from('campaigns')
    .insert({
      user_id: user.id,
      persona_id: persona.id,
      name: body.data.name,
      goal: body.data.goal,
      starts_on: body.data.starts_on,
      ends_on: body.data.ends_on,
    })
    .select('id, name')
    .single()

  if (error) return NextResponse.json({ error: error.message }, { status: 500 })
  return NextResponse.json(data, { status: 201 })
}
