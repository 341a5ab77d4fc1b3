{{- define "parts.name" -}}part{{- end }}
