# Builds the program with its development tools, and leaves them behind.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json ./
COPY src ./src
COPY adapters ./adapters
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
# One process of many threads: with few arenas the C library gives back what they free.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY manifest ./manifest
RUN mkdir data && chown node:node data && chmod +x dist/src/start.cjs && ln -s /app/dist/src/start.cjs /usr/local/bin/mews-chat
USER node
VOLUME /app/data
EXPOSE 3978
HEALTHCHECK --interval=10s --timeout=3s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3978) + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/start.cjs", "serve"]
