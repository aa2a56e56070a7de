# Makes the package that npm installs, with development tools that stay behind.
FROM node:24-slim AS build
WORKDIR /build
COPY . ./
RUN npm ci && npm pack && tar -xzf mews-chat-connector-*.tgz

FROM node:24-slim
# One process of many threads: with few arenas the C library gives back what they free.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
WORKDIR /app
COPY --from=build /build/package ./
RUN mkdir --mode=700 data && chown node:node data && chmod +x dist/src/start.cjs && ln -s /app/dist/src/start.cjs /usr/local/bin/mews-chat
USER node
VOLUME /app/data
EXPOSE 3978
HEALTHCHECK --interval=10s --timeout=3s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3978) + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/start.cjs", "serve"]
