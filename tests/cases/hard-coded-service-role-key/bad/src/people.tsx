'use client'

import { anonKey } from '@/lib/config'

export const People = () => anonKey.length
