#!/bin/sh
curl -X POST "$SUPABASE_URL/rest/v1/rpc/nightly"
