# Of one version, as in compose.yaml; where a moved tag matters, with its digest (node:…@sha256:…), raised together.
# The full image: where no ready-made binary of better-sqlite3 can be fetched, it is compiled.
FROM node:22.20.0-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
# npm leaves out without a word what is optional and did not build; the image needs it.
RUN node -e "new (require('better-sqlite3'))(':memory:')"
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:22.20.0-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATABASE_URL=sqlite:/data/iam.db
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# The program may write its data and nothing of itself.
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8000
# Liveness: a database that is away makes the host unready (/readyz), and a restart would not bring it back.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/src/cli/main.js"]
CMD ["serve"]
