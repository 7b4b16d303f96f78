import { NextResponse } from 'next/server'

import { briefFor } from '@/lib/campaigns/brief'
import { createClient } from '@/lib/supabase/server'

type Context = {
  params: Promise<{ id: string }>
}

export async function POST(_request: Request, { params }: Context) {
  const { id } = await params
  const supabase = await createClient()
  const {
    data: { user },
  } = await supabase.auth.getUser()
  if (!user) return NextResponse.json({ error: 'Not signed in' }, { status: 401 })

  const prompt = await briefFor(supabase, id)
  const { data: job, error } = await supabase
    .from('campaign_generation_jobs')
    .insert({ campaign_id: id, user_id: user.id, prompt, status: 'queued' })
    .select('id, status')
    .single()

  if (error) return NextResponse.json({ error: error.message }, { status: 500 })
  return NextResponse.json(job, { status: 202 })
}
