  cluster = (
    bucket = "s3://shared/lab/workers/hello",
    bucketOptions = ["aws_endpoint=http://10.0.0.9:8333", "aws_region=us-east-1"],
    key = "abababababababababababababababababababababababababababababababab",
    stopTimeoutMs = 8000,
  ),
