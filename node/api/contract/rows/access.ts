import { z } from 'zod'
import { apiTokenBody, apiTokenParams, loginBody, passwordBody, userBody, userParams } from '../../access/schemas.ts'
import type { Rows } from '../row.ts'
import { apiTokenMade, apiTokenView, firstLogin, login, me, userView } from '../shapes/access.ts'

/** Who may use the API. */
export const ACCESS_ROWS: Rows = {
  'GET /v1/first-login': {
    summary: 'Which host this is, and whether the first login is due.',
    status: 200,
    answer: firstLogin,
  },
  'POST /auth/login': { summary: 'Logs in, by JSON or a form.', body: loginBody, status: 200, answer: login },
  'POST /auth/logout': { summary: 'Ends the session on every host.', status: 204 },
  'GET /v1/me': { summary: 'Who asks.', status: 200, answer: me },
  'POST /v1/me/password': { summary: 'Changes the own password.', body: passwordBody, status: 204 },
  'GET /v1/users': { summary: 'Users.', status: 200, answer: z.array(userView), isPaged: true },
  'PUT /v1/users/:name': {
    summary: 'Makes or changes a user.',
    params: userParams,
    body: userBody,
    status: 200,
    answer: userView,
  },
  'DELETE /v1/users/:name': { summary: 'Removes a user.', params: userParams, status: 204 },
  'GET /v1/api-tokens': { summary: 'API tokens.', status: 200, answer: z.array(apiTokenView), isPaged: true },
  'POST /v1/api-tokens': { summary: 'Makes an API token.', body: apiTokenBody, status: 201, answer: apiTokenMade },
  'DELETE /v1/api-tokens/:id': { summary: 'Revokes an API token.', params: apiTokenParams, status: 204 },
}
