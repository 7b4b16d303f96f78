import { createClient } from '@/lib/supabase/server'

import { askQuestion } from './actions'

export default async function ResearchPage() {
  const supabase = await createClient()
  const [research, personas, tasks] = await Promise.all([
    supabase.from('resonance_research').select('id, topic, summary, findings').order('updated_at', { ascending: false }),
    supabase.from('personas').select('id, display_name').eq('status', 'active').order('display_name'),
    supabase.from('research_tasks').select('id, question, status').neq('status', 'done').order('created_at'),
  ])

  return (
    <main>
      <h1>Research</h1>
      <form action={askQuestion}>
        <input name="question" required />
        <button type="submit">Ask</button>
      </form>
      <ul>
        {(tasks.data ?? []).map((task) => (
          <li key={task.id}>
            {task.question} ({task.status})
          </li>
        ))}
      </ul>
      {(research.data ?? []).map((entry) => (
        <article key={entry.id}>
          <h2>{entry.topic}</h2>
          <p>{entry.summary}</p>
          <p>{entry.findings.length} findings</p>
          <select name="persona">
            {(personas.data ?? []).map((persona) => (
              <option key={persona.id} value={persona.id}>
                {persona.display_name}
              </option>
            ))}
          </select>
        </article>
      ))}
    </main>
  )
}
