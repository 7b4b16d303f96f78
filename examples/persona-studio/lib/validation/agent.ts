import { z } from 'zod'

const agentForm = z.object({
  displayName: z.string().trim().min(1).max(80),
  bio: z.string().trim().max(2000).optional(),
  tone: z.enum(['friendly', 'expert', 'playful', 'formal']).default('friendly'),
})

export type AgentForm = z.infer<typeof agentForm>

export function parseAgentForm(formData: FormData): AgentForm {
  return agentForm.parse(Object.fromEntries(formData))
}
