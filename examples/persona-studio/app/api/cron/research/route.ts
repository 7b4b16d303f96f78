import { NextResponse } from 'next/server'

import { answer } from '@/lib/research'
import { admin } from '@/lib/supabase/admin'

export async function POST(request: Request) {
  if (request.headers.get('authorization') !== `Bearer ${process.env.CRON_SECRET}`) {
    return NextResponse.json({ error: 'Not allowed' }, { status: 401 })
  }

  const { data: tasks, error } = await admin.rpc('claim_research_task', { worker: 'cron' })
  if (error) return NextResponse.json({ error: error.message }, { status: 500 })

  for (const task of tasks) {
    const result = await answer(task.question)
    await admin.from('research_tasks').update({ status: 'done', result }).eq('id', task.id)
  }
  return NextResponse.json({ done: tasks.length })
}
