import { NextResponse } from 'next/server'

import { createClient } from '@/lib/supabase/server'

type Context = {
  params: Promise<{ id: string }>
}

export async function PUT(request: Request, { params }: Context) {
  const { id } = await params
  const supabase = await createClient()

  const image = Buffer.from(await request.arrayBuffer())
  const path = `${id}/portrait`
  const { error: uploadError } = await supabase.storage.from('persona-avatars').upload(path, image, {
    contentType: request.headers.get('content-type') ?? 'image/png',
    upsert: true,
  })
  if (uploadError) return NextResponse.json({ error: uploadError.message }, { status: 500 })

  const { error } = await supabase.from('personas').update({ avatar_path: path }).eq('id', id)
  if (error) return NextResponse.json({ error: error.message }, { status: 500 })
  return NextResponse.json({ path })
}
