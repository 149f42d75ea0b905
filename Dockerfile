# Tandem as a server. A tandem.config.ts of your own goes to /app/tandem.config.ts; without one everything is made over HTTP.
# PEERS says which optional packages it has: Redis, MySQL and MariaDB, Qdrant; add onnxruntime-node (some 100 MB) to compute ONNX models here.
#   docker build --build-arg PEERS="ioredis mysql2 onnxruntime-node" -t tandem .
FROM node:24-slim AS build
ARG PEERS="bullmq ioredis mysql2 @qdrant/js-client-rest"
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev
# In the versions that are tested.
RUN mkdir -p /peers/node_modules && cd /peers && echo '{"private":true}' > package.json && npm install --ignore-scripts --no-audit --no-fund \
  $(node -p "const { devDependencies } = require('/build/package.json'); process.argv.slice(1).map((name) => name + '@' + devDependencies[name]).join(' ')" -- $PEERS)

FROM node:24-slim
WORKDIR /app
COPY --from=build /peers/node_modules ./node_modules
COPY --from=build /build/package.json ./node_modules/tandem-ml/package.json
COPY --from=build /build/dist ./node_modules/tandem-ml/dist
COPY --from=build /build/models ./node_modules/tandem-ml/models
COPY --from=build /build/node_modules ./node_modules/tandem-ml/node_modules
RUN mkdir /data && chown node /data && echo '{"type":"module","private":true}' > package.json
USER node
ENV HOST=0.0.0.0 PORT=4700 TANDEM_DATA_DIR=/data
VOLUME /data
EXPOSE 4700
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4700/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "node_modules/tandem-ml/dist/interfaces/cli/main.js", "start"]
